package verb

import (
	"fmt"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
)
